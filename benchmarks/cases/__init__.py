"""The cases, a file a family; importing a file declares its cases."""
