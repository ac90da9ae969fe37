"""What providers call. Signatures take the place of logins."""
