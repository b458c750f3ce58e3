/** The title of the phase that copies the OMI to other regions, in the log and in a plan. */
export const copyPhase = 'Copy to regions';
