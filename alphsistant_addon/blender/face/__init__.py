"""Which face speaks, how its shape keys and bones are mapped, and the shipped one."""
