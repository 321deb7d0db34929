-- Updates the statistics of the planner.
ANALYZE contact_centre.account, contact_centre.contact_list, contact_centre.contact, contact_centre.contact_device,
    contact_centre.contact_attempt, contact_centre.sms_message, contact_centre.recording, contact_centre.recording_media,
    contact_centre.suppression_entry
