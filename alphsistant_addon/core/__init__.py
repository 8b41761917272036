"""What all stages share: errors, assets, progress, the dataclasses that flow, files. No models, no bpy."""
