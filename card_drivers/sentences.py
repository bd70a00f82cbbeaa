"""The catalogue of what a station says, by code: English sentences, which are the keys of their translations.

Each says what is wrong or what to do next, alone or beside others (`card_drivers.troubles.Trouble`); `%(name)s` places
are filled from its parameters. A code never changes its meaning: journals and registers keep it.
"""

from __future__ import annotations

from collections.abc import Mapping

from card_drivers.desk_sentences import DESK_SENTENCES

SENTENCES: Mapping[str, str] = {
    # Any
    "as-said": "%(said)s",
    "software-failed": "The station's software failed (%(kind)s): report it to its makers.",
    # Register and leave
    "identity-damaged": (
        "The station's identity %(path)s is damaged: put the station's folder back, or have the station enrolled anew."
    ),
    "keys-not-ours": "The chip's keys are encrypted to another station: have the station enrolled anew.",
    "leave-lapsed": "The station slept after the register's leave: nothing was taken, the order is made anew.",
    "leave-not-genuine": "The register's leave is not signed by it: have an administrator look at --server.",
    "leave-refused": "The register does not let this order be made now: nothing was taken.",
    "station-not-enrolled": "The station has no identity yet: start it once with the token of an administrator.",
    # Chips and cards
    "card-again": "Lay the card on the reader again; a blank that stays silent goes to the reject tray.",
    "card-in-reject-tray": "The card is in the reject tray: destroy it.",
    "card-in-use": "Another program uses the card (%(said)s): end it.",
    "card-jam": "Card jam while printing: open the cover, remove the card, look into the path.",
    "card-keys-file": "File %(path)s holds no card keys: correct it, enc, mac and dek in hex.",
    "card-leaving": "The card was on its way out: look into both trays of the printer.",
    "card-memory-unreadable": "File %(path)s cannot be read: look into the trays, then move it away.",
    "card-perhaps-inside": "Look at the printer: a card may be in it.",
    "card-reject": "The card goes to the reject tray: take another blank.",
    "card-two-faces": "A card has two faces, not %(faces)s: have the order composed again.",
    "card-without-chip": "The card has no chip: take a blank of the right stock.",
    "active-hash-weak": "Active authentication signs with SHA-1, which is weak.",
    "active-key-weak": "The key of active authentication (%(key)s) is too short to be relied on.",
    "active-not-checked": "Active authentication was not checked.",
    "chip-not-checked": "Chip authentication was not checked.",
    "chip-again": "Lay the document on the reader again.",
    "chip-answer-endless": "The chip's answer has no end: take another card.",
    "chip-answer-unreadable": "The chip's answer cannot be read: lay the document on the reader again.",
    "chip-blank-unknown": (
        "It does not say whether it is blank, the chip is of the wrong kind: the card goes to the reject "
        "tray, take another blank."
    ),
    "chip-com-unreadable": "EF.COM cannot be read: every data group was asked for.",
    "chip-command-too-long": "The card takes no command of %(bytes)s bytes: use another.",
    "chip-dead": "The chip is dead: the card goes to the reject tray.",
    "chip-differs": "It is not what was written: the card goes to the reject tray, take another blank.",
    "chip-empty": "The document's chip is empty or closed: lay the document on the reader again.",
    "chip-files-missing": "Not every file was read (%(names)s are missing): lay the document on the reader again.",
    "chip-file-length": "The file has no valid length: lay the document on the reader again.",
    "chip-file-short": "The file is shorter than its header says: lay the document on the reader again.",
    "chip-file-too-long": (
        "The file says it has %(bytes)s bytes, no chip has that: lay the document on the reader again."
    ),
    "chip-keeps-no-word": "The chip does not do what its document says: keep the document and report it.",
    "chip-key-kind": "The chip's key is of a kind that its applet does not take: use P-256.",
    "chip-key-long": "The chip's key is longer than its applet takes: use P-256.",
    "chip-key-unreadable": "The chip's key cannot be read: report it to the administrator.",
    "chip-late": "Nothing came within %(seconds)s s.",
    "chip-no-answer-mac": "The card cannot secure its answers: take a card of the right kind.",
    "chip-no-application": "No eMRTD application: lay the document on the reader again.",
    "chip-no-uid": "The chip tells no UID, so that nobody knows whether it is a new one: check the reader.",
    "chip-not-compared": (
        "What is on the chip was not compared with the order: the card goes to the reject tray, take another blank."
    ),
    "chip-not-opened": "The %(by)s does not open the chip: compare it with the document, lay it on again.",
    "chip-not-ours": "It is not one of our blanks, or its keys were changed: take another card.",
    "chip-pace-unknown": (
        "The chip speaks a PACE that this program does not know: give document number, birth and expiry as in the MRZ."
    ),
    "chip-wants-mrz": "The chip has no PACE: give document number, birth and expiry as in the MRZ.",
    "chip-opened-otherwise": "It opened by %(protocol)s only: the card goes to the reject tray, take another blank.",
    "chip-other": "Another chip lies on the reader than before printing: look for a second card there.",
    "chip-perhaps-locked": "It may be locked or not: the card goes to the reject tray, take another blank.",
    "chip-refused": "Chip, %(step)s: status word %(sw)s.",
    "chip-silent": "Chip, %(step)s: no answer.",
    "chip-unproved": "Authentication failed (%(proofs)s): the card goes to the reject tray, take another blank.",
    "chip-used-before": "This chip was used before: a made card lay among the blanks.",
    "chip-written-before": (
        "The chip was written before, a used card lay among the blanks: the card goes to the reject tray, "
        "take another blank."
    ),
    "chip-wrong-kind": (
        "No eMRTD application, the chip is of the wrong kind: the card goes to the reject tray, take another blank."
    ),
    "spoils-in-a-row": (
        "%(count)s cards in a row were spoiled: look at ribbon, rollers and blanks, then say on the station's page "
        "that it goes on."
    ),
    "step-late": "The step took longer than its profile allows: the card is rejected.",
    # What a chip or its channel sent, and its keys
    "card-keys-challenge": "The station's challenge has not eight bytes. Bring station and server to one version.",
    "card-keys-no-version": (
        "The chip asks for card-manager keys of version %(version)s, which are not in the key file. Is it a blank of "
        "this office? Then put its maker's keys into the file."
    ),
    "card-keys-other": (
        "The chip has other card-manager keys than this office (version %(version)s). Do not try it again: chips lock "
        "themselves after a few. Put the blank aside and tell the administrator."
    ),
    "channel-blocks": "The cryptogram is not made of whole blocks.",
    "channel-broke": "The secure channel broke: lay the card on again, or take another.",
    "channel-mac": "The MAC is missing or wrong.",
    "channel-no-scp": "The card does not speak SCP03 with challenges of 8 bytes: take another card.",
    "channel-objects": "The data objects cannot be read.",
    "channel-over": "The session is over.",
    "channel-padding": "The padding is wrong.",
    "channel-expected": "The expected length cannot be read.",
    "channel-status": "The status word is not secured.",
    "channel-unsecured": "The command is not secured.",
    "key-algorithm-unknown": "Its signature algorithm cannot be checked here.",
    "key-curve-unknown": "The key's curve is none that can be checked here.",
    "key-curve-unreadable": "The key's curve cannot be read.",
    "key-agreement-unknown": "It agrees on keys in a way that cannot be checked here.",
    "key-kind-unknown": "The key is neither RSA nor on an elliptic curve.",
    "key-no-point": "The key is no point of its curve.",
    "key-rsa-size": "An RSA key of %(bits)s bits cannot be checked here.",
    "key-rsa-unreadable": "The RSA key cannot be read.",
    "pace-no-point": "The chip's key is no point of the curve.",
    "pace-nonce": "The chip's nonce cannot be mapped.",
    "pace-own-key": "The chip sent our own key.",
    "pace-token": "The chip's token is wrong.",
    "tlv-cut-off": "A data object is cut off.",
    "tlv-identifier": "An object identifier cannot be read.",
    "tlv-info-no-identifier": "A SecurityInfo has no object identifier.",
    "tlv-info-no-sequence": "A SecurityInfo is no sequence.",
    "tlv-length": "A data object has no definite length, or is cut off.",
    "tlv-missing": "Data object %(tag)s is missing.",
    "tlv-tag": "A data object is cut off, or its tag is longer than two bytes.",
    "tlv-too-long": "A data object is longer than any file of a chip.",
    # Readers
    "document-not-in-tray": "The document is not in the output tray: lay it on the reader.",
    "pcscd-away": "The reader service pcscd does not answer (%(said)s): start it.",
    "pcscd-hangs": "The reader service pcscd hangs (%(call)s): unplug the reader and plug it in, or restart pcscd.",
    "pyscard-missing": "The library pyscard is missing: install libpcsclite-dev, then requirements-pcsc.txt.",
    "reader-ambiguous": "More than one reader is meant (%(names)s): name one in the settings.",
    "reader-missing": "Reader %(name)s is not connected (%(names)s are): plug it in or correct its name.",
    "reader-no-status": "The reader answered no status word.",
    "reader-none": "No reader is connected: plug it in.",
    "reader-says": "The reader says: %(said)s.",
    "reader-unplugged": "The reader was unplugged (%(said)s): plug it in.",
    # Orders, faces and profiles
    "face-empty": "Face %(face)s has no layer to print: have the order composed again.",
    "face-no-card": "Face %(face)s is no card of %(size)s mm: print it elsewhere.",
    "face-size": "A face of %(face)s mm cannot be printed: check the layout.",
    "layer-no-pdf": "A layer of the order is no PDF (%(said)s): have it composed again.",
    "layer-pages": "A layer of the order has %(pages)s pages, not one: have it composed again.",
    "layer-undrawable": "A layer of the order cannot be drawn (%(said)s): have it composed again.",
    "order-not-sent": "The order was not sent.",
    "order-other": "The register sent another order than was claimed: report this to its administrator.",
    "page-size": "A page of %(page)s mm was sent for a face of %(face)s mm: have the order composed again.",
    "profile-file-not-whole": "File %(name)s is no whole elementary file: report it to the administrator.",
    "profile-no-toml": "Profile %(name)s: %(said)s. Correct the file.",
    "profile-takes-no": "A chip of this kind takes no %(kind)s %(names)s: correct the order's template or its profile.",
    "profile-unknown": "This station knows no personalisation profile of that name: it has %(names)s.",
    "profile-wrong": "Profile %(name)s, %(place)s: %(said)s. Correct the file.",
    # Printers
    "blank-loaded-before": "Blank %(serial)s was loaded before: correct the serials.",
    "change-ribbon": "Change the ribbon.",
    "check-printer": "Check the printer and its cable.",
    "close-cover": "Close the cover.",
    "command-not-done": "The printer did not do %(command)s (%(said)s).",
    "command-refused": "Print Center refused %(method)s.",
    "cover-open": "The printer's cover is open: close it.",
    "device-forgot": "The device does not know what became of the order: look into its trays.",
    "empty-trays": "Empty the trays.",
    "feed-failed": "The printer took no blank (%(said)s): look into it.",
    "feeder-empty": "The feeder is empty: load blanks.",
    "job-cancelled": "The job was cancelled before it began (%(reasons)s).",
    "job-cancelled-late": (
        "The job was cancelled while it ran (%(reasons)s): take the spoiled blank out of the printer, record it."
    ),
    "job-changed": "The printer changed the job (%(names)s), which it may not: it was cancelled.",
    "job-doubtful": "The printer says of the ended job: %(reasons)s. Look at the document, then settle it by hand.",
    "job-endless": "Job %(job)s did not end: look at the printer, cancel it there and look into its tray.",
    "job-forgotten": "The printer has forgotten job %(job)s (%(said)s): look into its tray.",
    "job-given-up": "The job was given up by the printer before it began (%(reasons)s).",
    "job-given-up-late": (
        "The job was given up by the printer while it ran (%(reasons)s): take the spoiled blank out of the "
        "printer, record it."
    ),
    "job-not-cancelled": "The printer did not cancel job %(job)s: cancel it at its panel.",
    "job-not-as-asked": (
        "The printer would change the job (%(names)s), so nothing was printed: set it up for what the job asks, or "
        "print it elsewhere."
    ),
    "job-perhaps-taken": "The printer's answer leaves open whether it took the job (%(said)s).",
    "job-refused": "The printer refused the job (%(said)s): check its media, sides and formats.",
    "job-other": "Asked for job %(job)s, the printer told of another one: look into its tray.",
    "job-sent": "Its job %(job)s was sent.",
    "load-blanks": "Load blanks.",
    "look-at-printer": "Look at the printer.",
    "no-blank-taken": "The printer took no blank for this order.",
    "not-rejected-either": "The card could not be rejected either:",
    "print-early": "The print ended faster than a card can be printed: look at the ribbon and the card.",
    "print-late": "The print did not end in its time: look at the printer, remove what is stuck.",
    "print-stopped": "The printer stopped while printing (%(state)s).",
    "printer-away": "The printer is away (%(state)s): switch it on, check the cable.",
    "printer-http": "The printer answered with HTTP %(status)s.",
    "printer-http-refused": "The printer's address answers with HTTP %(status)s: check address and access.",
    "printer-ipp-version": "The printer speaks IPP %(version)s, neither 1.1 nor 2.0: use another printer.",
    "printer-keeps-no-card": "The printer cannot keep a card inside after printing: restart it and Print Center.",
    "printer-lists-none": "The printer lists no jobs (%(said)s): look at it.",
    "printer-login-refused": "The printer refuses user name or password: correct them in the settings.",
    "printer-login-unknown": "The printer wants a log-in other than Basic or Digest: change that at the printer.",
    "printer-login-wanted": "The printer wants a user name and a password: put them into the settings.",
    "printer-moved": (
        "The printer's address leads to another one (%(location)s), where nothing is sent: "
        "put the right address into the settings."
    ),
    "printer-no-chip": "This printer has no chip position: make the order on a card printer.",
    "printer-no-format": (
        "The printer takes neither PDF nor PWG or Apple raster in sRGB (%(formats)s): "
        "use it through a CUPS queue with its maker's driver."
    ),
    "printer-no-ipp": "The printer's answer is no IPP: check its address.",
    "printer-no-medium": "The printer has no medium of %(size)s mm: put it in and name it in its settings.",
    "printer-no-such-order": "The printer does not know the order: look into its tray.",
    "printer-no-ink": "The printer does not print the ink %(ink)s: make the document on another printer.",
    "printer-no-uv": (
        "The printer has no ultraviolet ink: use another printer, or leave out the ultraviolet layer in its settings."
    ),
    "printer-off": "The printer does not answer: switch it on.",
    "printer-other-answer": "The printer answered another request.",
    "printer-other-job": "The printer works on another job: try again when it has ended.",
    "printer-says": "The printer says %(state)s.",
    "printer-sides": "The order has %(faces)s faces, more than this printer prints: make it on another printer.",
    "printer-stopped": "The printer is stopped (%(reasons)s): look at it.",
    "printer-supplies": "The printer reports %(reasons)s: refill or empty what it names.",
    "printer-takes-none": "The printer takes no job now (%(said)s): try again later.",
    "printer-undescribed": "The printer does not describe itself (%(said)s): check its address.",
    "printer-works": "The printer works (%(state)s): try again when it has ended.",
    "put-ribbon-in": "Put in the ribbon of the settings.",
    "queue-began-again": "The queue began the job late, or once more: look whether there are two documents of it.",
    "queue-gave-up": (
        "The queue gave the job up (%(reasons)s) and does not know what its printer did: look into the trays."
    ),
    "queue-is-class": (
        "The address is that of a class of printers, which prints a failed job on another one: "
        "take the queue of one printer."
    ),
    "queue-prints-again": (
        "The queue would print a failed job again (%(policy)s): change it by "
        "`lpadmin -p NAME -o printer-error-policy=abort-job`."
    ),
    "remove-card": "Open the printer and remove the card.",
    "ribbon-no-uv": (
        "The ribbon has no ultraviolet panel: use another printer, or leave out the ultraviolet layer in its settings."
    ),
    "ribbon-used-up": "The ribbon is used up: change it.",
    "simulated-card-file": "File %(path)s cannot be read: throw this simulated card away.",
    "start-print-center": "Switch the printer on, start Print Center, check the cable.",
    "stock-out": "No blank of stock %(stock)s in the feeder: load some.",
    "switch-printer-on": "Switch the printer on, check the cable.",
    # Links and addresses
    "address-clear": "%(url)s would send personal data in the clear: use %(scheme)s:// (or localhost).",
    "address-form": "%(url)s is no address of the form %(scheme)s://host:port/path: correct it.",
    "address-none": "%(url)s is no address (%(said)s): correct it.",
    "center-broke": "Print Center broke off at %(method)s (%(said)s).",
    "center-clear": "Print Center at %(host)s would get personal data in the clear: run the station on its machine.",
    "center-cut-off": "Print Center ended after %(bytes)s bytes that are no answer.",
    "center-endless": "Print Center sent more than %(bytes)s bytes and no answer.",
    "center-late": "Print Center did not answer in time.",
    "center-no-text": "Print Center answered with no text.",
    "center-other-answer": "Print Center answered something else than was asked.",
    "center-says": "Print Center says: %(said)s (code %(number)s).",
    "center-unreachable": "Print Center cannot be reached at %(host)s (%(said)s).",
    "link-broke": "The link to %(host)s broke (%(said)s).",
    "link-certificate": (
        "The certificate of %(host)s is not trusted (%(said)s): compare its SHA-256 fingerprint at the device, "
        "then put it into the settings."
    ),
    "link-incomplete": "The other side, %(host)s, sent an incomplete answer, or more than %(bytes)s bytes.",
    "link-other-certificate": (
        "The device at %(host)s shows another certificate than that of the settings (%(found)s): find out why, "
        "nothing was sent."
    ),
    "link-unreachable": "The other side, %(host)s, cannot be reached (%(said)s).",
    "station-stops": "The station is stopped: the order goes on when it starts again.",
    # The register, as a station sees it
    "blank-not-this": "This is blank %(found)s, and the order is made on %(wanted)s: it was rejected unprinted.",
    "blank-unprinted": "The blank is unprinted.",
    "no-order-given": "The register gave no order.",
    "register-http": "The register answered with HTTP %(status)s: the station tries again.",
    "register-no-keys": "The register has no keys for this chip: have them loaded.",
    "register-no-order": "The register answered without an order.",
    "register-says": "The register says: %(said)s.",
    "register-unreachable": "The register did not answer, the station tries again.",
    "register-unreadable": "The register's %(message)s cannot be read (%(places)s): versions differ?",
    # Bureau and its files
    "bureau-ask": "Ask the bureau whether it has this order, then settle it.",
    "bureau-certificate-weak": "File %(path)s has no RSA key of %(bits)s bits or more: make one with `bureau-key`.",
    "bureau-file-changed": "Its content is not what was signed.",
    "bureau-file-large": "It has more than %(bytes)s bytes.",
    "bureau-file-no-order": "It holds no order of this version.",
    "bureau-file-no-result": "It holds no result of this version.",
    "bureau-file-not-ours": "It is not encrypted for us, or damaged.",
    "bureau-file-other-signer": "Its signature is not the other side's.",
    "bureau-file-other-signing": "It is signed in another way than agreed.",
    "bureau-file-unreadable": "It cannot be read (%(said)s).",
    "bureau-file-unsigned": "What was encrypted is not signed as it should be.",
    "bureau-key-other": "File %(path)s is not the RSA key of the certificate beside it: make both anew.",
    "bureau-key-unreadable": "File %(path)s cannot be read: make one with `bureau-key`.",
    "bureau-no-certificate": "File %(path)s is no certificate in PEM: copy the other side's certificate.pem.",
    "bureau-no-test-cards": "A bureau's test card is not ordered from here: ask the bureau for one.",
    "bureau-order-again": "It was presented before.",
    "bureau-no-profile": (
        "The bureau does not say that it writes chips of the profile %(profile)s: ask it, then name the profile in the "
        "settings of this station, or make the order on a station with an encoder."
    ),
    "bureau-result-no-end": "It is no end of an order.",
    "bureau-result-other": "Its order has another result already.",
    "bureau-result-unasked": "Its order was never sent.",
    "record-damaged": "A record in %(path)s is damaged: settle its order by hand, then remove it.",
    "result-file-refused": "Result file %(file)s was refused, ask the bureau.",
    "site-keys-file": "File %(path)s holds no card-manager keys (%(said)s): correct it (docs/drivers.md).",
    "site-without-card-keys": (
        "The bureau's site has no card-manager keys for chips of the profile %(profile)s: take the profile out of the "
        "settings of the station that sends, or have the keys put into the site's card-keys.json."
    ),
    "site-pkcs11-missing": "The library python-pkcs11 is missing: install requirements.txt.",
    "site-profile-not-for-sites": (
        "Chips of the profile %(profile)s are written with the register's own keys only: take the profile out of the "
        "settings of the station that sends."
    ),
    "site-token-key": (
        "The AES key %(label)s of the token cannot be used (%(said)s): see to the token, correct card-keys.json."
    ),
    "site-token-last-try": (
        "The token %(token)s is locked or allows one more try of its PIN: log in by hand, since a wrong one would "
        "lock it."
    ),
    "site-token-refuses": (
        "The token %(token)s cannot be opened (%(said)s): see to the token, correct module, label and PIN file in "
        "card-keys.json before the next try."
    ),
    # The station, its folder and its settings
    "acceptance-no-keys": (
        "Chips of the profile %(profile)s open with card-manager keys: name by --card-keys the folder with the "
        "card-keys.json of these blanks."
    ),
    "acceptance-no-model": "The model is missing: name the maker and the model of the printer by --model.",
    "disk-refuses": "File %(path)s (%(said)s): connect the folder, make room.",
    "driver-unknown": "No driver --%(role)s %(name)s is known: choose one of %(names)s.",
    "file-unwritable": "File %(path)s cannot be written (%(said)s): free the disk.",
    "file-wrong": "File %(path)s: %(place)s: %(said)s. Correct it.",
    "folder-in-use": "Another station uses %(path)s: stop it or choose another --state.",
    "folder-not-made": "Folder %(path)s cannot be made (%(said)s): correct the settings.",
    "folder-refuses": "Folder %(path)s (%(said)s): choose another one.",
    "folder-unusable": "Folder %(path)s cannot be used: connect it, or correct its rights.",
    "interrupted-early": "The station was interrupted before it took a blank.",
    "clock-wrong": (
        "The clock of the station's machine is about %(minutes)s minutes away from the register's: set its time and "
        "its time zone, and ask for a new battery when it comes back."
    ),
    "journal-refuses": (
        "The station stopped because its journal cannot be written (%(said)s): make room on its disk, start it again, "
        "then look into the reject tray."
    ),
    "journal-damaged": (
        "File %(path)s line %(line)s is damaged. Look into the trays, settle the open order in the register, "
        "then move the file away."
    ),
    "report-not-signed": (
        "The report %(path)s was not signed by this station, or somebody changed it: ask for the file as it was "
        "written."
    ),
    "report-unreadable": "File %(path)s is no report of an acceptance: name the file that `acceptance` wrote.",
    "setting-wrong": "Setting %(place)s: %(said)s. Correct it.",
    "settings-unreadable": (
        'File %(path)s cannot be read: correct it ({"revision": 0, "settings": {"printer": {...}}}).'
    ),
    "settle-by-hand": "Look into the trays, then settle it by hand.",
    "station-no-encoder": "The order has a chip and this printer no encoder: make it on a station with one.",
    "station-no-reader": "This station has no chip reader: use another one.",
    **DESK_SENTENCES,
}
