-- Notes that a server leads, and gives the time until which everything is doubted. A server that is not known to lead took
-- over, or began anew, and may lack what was acknowledged before.
-- KEYS: the servers that are known to lead, with when each was first seen; the time until which everything is doubted.
-- ARGV: the server, now in ms, whether whoever asks saw another one lead before (1), how long a server is remembered.
local doubted = tonumber(redis.call('GET', KEYS[2]) or '0')
local known = redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if (not known or ARGV[3] == '1') and doubted < tonumber(ARGV[2]) then
  doubted = tonumber(ARGV[2])
  redis.call('SET', KEYS[2], ARGV[2])
end
return string.format('%.0f', doubted)
