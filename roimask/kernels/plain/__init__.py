"""Kernels in numpy, for the first small jobs of a process, before compiled code is worth loading."""
