-- Notes that a server leads, and gives the time until which everything is doubted. A server that is not known to lead took
-- over, or began anew, and may lack what was acknowledged before.
-- KEYS: the servers that are known to lead, with when each was first seen; the time until which everything is doubted.
-- ARGV: the server, now in ms, whether whoever asks saw another one lead before (1), how long a server is remembered.
-- ARGV[5]: how far in ms a clock may be ahead of the server's. One that runs wrong must not doubt what is yet to come.
local time = redis.call('TIME')
local latest = time[1] * 1000 + tonumber(ARGV[5])
local now = math.min(tonumber(ARGV[2]), latest)
local doubted = math.min(tonumber(redis.call('GET', KEYS[2]) or '0'), latest)
local known = redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if (not known or ARGV[3] == '1') and doubted < now then
  doubted = now
  redis.call('SET', KEYS[2], string.format('%.0f', now))
end
return string.format('%.0f', doubted)
