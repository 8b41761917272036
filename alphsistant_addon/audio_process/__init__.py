"""The sound's streams in a process of their own: loudspeaker, microphone, and the only clock of the picture.

The models' process loads torch and holds its interpreter's lock for seconds; a thread of Blender waits for other
add-ons. A callback of the sound may wait for 30 ms. So this process does nothing but sound, with numpy and sounddevice.

``client`` is the side of Blender and of the terminal, ``protocol`` what is said. In the process, ``server`` takes
commands and tells events, ``player`` makes what is heard, ``listener`` finds speech in what the microphone hears, and
``devices`` are the real sound card, silence with the computer's clock, and one in memory for tests.
"""
