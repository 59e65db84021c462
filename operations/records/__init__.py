"""Records of runs in LAKEHOUSE_HOME, and small files in a folder or bucket that other machines read."""
