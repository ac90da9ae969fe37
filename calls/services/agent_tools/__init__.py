"""What agents have done while they talk."""
