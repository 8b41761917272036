"""What all features of the Blender side use: version differences, paths, time, packages, panel parts, keys."""
