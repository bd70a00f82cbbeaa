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
    "1.1": lazy_gettext("Head turned to the side"),
    "1.2": lazy_gettext("Head raised or lowered"),
    "eyes": lazy_gettext("Opening of the eyes"),
    "mouth": lazy_gettext("Gap between the lips"),
    "shadow": lazy_gettext("Light on the darker cheek, of that on the brighter one"),
    "glare": lazy_gettext("Hot spots on the skin"),
    "reflections": lazy_gettext("Reflections on glasses"),
    "7.5": lazy_gettext("Colours of the file: 1 colour, 3 grey, 0 unknown"),
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
    "1.1": lazy_gettext("Ask the person to turn the face straight to the camera."),
    "1.2": lazy_gettext("Ask the person to look straight ahead; the camera belongs at the height of the eyes."),
    "eyes": lazy_gettext("Ask the person to open both eyes and to look into the camera."),
    "mouth": lazy_gettext("Ask for a neutral face with the mouth closed."),
    "shadow": lazy_gettext("Light the face from both sides alike."),
    "glare": lazy_gettext("Less light on the face, and none from close by."),
    "reflections": lazy_gettext("Turn the lamp away or lower the glasses a little; else take them off."),
    "7.5": lazy_gettext("The file does not say its colours properly, they may be off: compare them with the person."),
    "print-head": lazy_gettext("Change the size of the frame."),
    "print-crown": lazy_gettext("Move the frame up or down."),
    "print-centre": lazy_gettext("Move the frame to the side."),
}
