"""Running the house: its parts wired together, its processes, scripted talk."""
