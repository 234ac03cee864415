"""Roads, rivers, buildings and whatever is taught: what finds them, and how well they were found."""
