"""PyTorch downloaded, checked and installed into a folder of the add-on's own. No bpy."""
