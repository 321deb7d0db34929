-- Checks deferred constraints and fires deferred triggers now; at COMMIT nobody would look at what they did.
SET CONSTRAINTS ALL IMMEDIATE
