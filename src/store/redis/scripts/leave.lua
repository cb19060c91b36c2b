-- Forgets uses whose sessions are gone.
-- KEYS: the uses, the numbers they were written down under, then the session of each. ARGV: the uses that are looked at.
local gone = 0
for i, use in ipairs(ARGV) do
  if redis.call('EXISTS', KEYS[i + 2]) == 0 then
    redis.call('HDEL', KEYS[1], use)
    redis.call('ZREM', KEYS[2], use)
    gone = gone + 1
  end
end
return gone
