"""Many lines at once, on one computer or a farm: a table of lines → a folder each, and a report. No bpy."""
