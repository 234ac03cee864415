"""What makes and reshapes masks."""
