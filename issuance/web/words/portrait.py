"""What is measured on a portrait, in words, and what to do about each finding."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

CRITERIA: dict[str, Any] = {
    "5.1": lazy_gettext("Height of the picture"),
    "5.2": lazy_gettext("Width of the picture"),
    "ratio": lazy_gettext("Height to width"),
    "sharpness": lazy_gettext("Sharpness"),
    "brightness": lazy_gettext("Brightness of the face"),
    "black": lazy_gettext("Fully black parts"),
    "white": lazy_gettext("Fully white parts"),
    "background": lazy_gettext("Unevenness of the background"),
    "faces": lazy_gettext("Number of faces"),
    "1.3": lazy_gettext("Tilt of the head"),
    "5.3": lazy_gettext("Width of the head in the picture"),
    "5.4": lazy_gettext("Height of the head in the picture"),
    "5.5": lazy_gettext("Eye line, from the top"),
    "5.6": lazy_gettext("Middle of the face, from the left"),
    "5.7": lazy_gettext("Distance between the eyes"),
    "print-head": lazy_gettext("Crown to chin"),
    "print-crown": lazy_gettext("Space above the crown"),
    "print-centre": lazy_gettext("Middle of the face"),
}
ADVICE: dict[str, Any] = {
    "5.1": lazy_gettext("Use a camera with more pixels, or come closer."),
    "5.2": lazy_gettext("Use a camera with more pixels, or come closer."),
    "ratio": lazy_gettext("The picture must be 4 high to 3 wide."),
    "sharpness": lazy_gettext("Ask the person to keep still, and wait for the focus."),
    "brightness": lazy_gettext("Change the light on the face."),
    "black": lazy_gettext("More light on the face."),
    "white": lazy_gettext("Less light on the face; no flash on glasses."),
    "background": lazy_gettext("Use the plain screen behind the person."),
    "faces": lazy_gettext("One person alone, the whole face to the camera, no pictures on the wall."),
    "1.3": lazy_gettext("Ask the person to hold the head upright."),
    "5.3": lazy_gettext("Fill the oval of the camera with the head: come closer, or step back."),
    "5.4": lazy_gettext("Fill the oval of the camera with the head: come closer, or step back."),
    "5.5": lazy_gettext("Raise or lower the camera to the height of the eyes."),
    "5.6": lazy_gettext("Put the face into the middle of the picture."),
    "5.7": lazy_gettext("Use a camera with more pixels, or come closer."),
    "print-head": lazy_gettext("Change the size of the frame."),
    "print-crown": lazy_gettext("Move the frame up or down."),
    "print-centre": lazy_gettext("Move the frame to the side."),
}
