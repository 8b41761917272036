"""Files of other programs: what is spoken and how the face moves, written; timing of others, read. No bpy.

One module is one format. :mod:`.formats` lists what is written, :mod:`.timing_file` tells what is read by its content.
"""
