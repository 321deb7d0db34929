TRUNCATE set_device, set_recording, set_media, set_message, set_attempt, set_contact, set_contact_device
