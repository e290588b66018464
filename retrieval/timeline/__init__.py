"""What an archive says of a person, a place or a thing, sentence by sentence, in order of date."""
