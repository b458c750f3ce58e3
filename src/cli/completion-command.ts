import { Argument, type Command } from 'commander';
import { commandsOf } from './commands.js';
import { completionScript, type Shell, shells } from './completion.js';

/** Adds the command that prints a completion script of all commands. */
export function offerCompletion(program: Command): void {
  program
    .command('completion')
    .description('Print the completion script of a shell: bash, zsh or fish.')
    .addArgument(new Argument('<shell>').choices(shells))
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell, commandsOf(program)));
    });
}
