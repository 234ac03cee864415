"""Templates: small arrays with the form of what is looked for, alone and in banks."""
