"""What was said to a face, and who it is: kept with the face, handed to the language model with the next prompt."""
