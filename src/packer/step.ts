/**
 * A provisioning step of a Packer template: the fields of an item of `provisioners`, and some that only a
 * template can set (`execute_command`, `binary`, `sleep`). The class tells it from a map that a user wrote.
 */
export class TemplateStep extends Map<string, unknown> {}
