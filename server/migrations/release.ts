// The release of the schema that this code was written for: one more in each release of Paquebot that brings migrations. A node runs on
// its own and on the next, so a migration may take away only what the release before no longer uses.

export const schemaRelease = 1
