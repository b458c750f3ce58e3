/** An expression of a workflow. */
export const expression = (inner: string): string => `\${{ ${inner} }}`;

/** What the runner makes of a text with secrets. */
export const onRunner = (text: string, secrets: Readonly<Record<string, string>>): string =>
  Object.entries(secrets)
    .reduce((all, [name, value]) => all.replaceAll(expression(`secrets.${name}`), value), text)
    .replaceAll(expression("'${{'"), '${{');
