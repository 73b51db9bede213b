"""What people ask and say, each answered with a code and a JSON document."""
