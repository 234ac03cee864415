"""Finding what looks alike: correlation under masks, pyramids, poses, outlines. ``operations`` gives it to users."""
