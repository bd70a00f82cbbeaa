// Everything a staff page can do with scripts. Each module looks for its own marks and does nothing without them.
import "./scanner.js";
import "./keys.js";
import "./fields.js";
import "./tables.js";
import "./preview.js";
import "./camera.js";
import "./crop.js";
import "./signature.js";
import "./lodging.js";
import "./choosing.js";
import "./drafts.js";
import "./focus.js";
