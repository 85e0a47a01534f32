"""The one way by which stores, carriers, returns and subscription systems are asked over HTTP."""
