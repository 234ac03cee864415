"""What a user would write by hand; run as processes of their own."""
