"""What makes the generated files, the demo and the pictures of the docs."""
