"""The web pages of nurses, head nurses and administrators. Its face is `console.router.build`."""
