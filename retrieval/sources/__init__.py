"""Where articles come from by themselves, and what is known of each place."""
