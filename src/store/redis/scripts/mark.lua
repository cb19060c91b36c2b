-- Counts, and says what each count comes to: `Tick::of` of the domain, number for number. A count is "<since> <units>", as an
-- allowance is.
-- KEYS: one for each tick; the same may stand there twice.
-- ARGV: now, the clocks' tolerance and how long a closed window is kept, in ms; for each tick its window in ms, "+" to add or
--       ">" to rise to, and the units.
-- Gives since and units of each.
local now, step, after = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local most = 9007199254740991
local there, held, changed, counts = redis.call('MGET', unpack(KEYS)), {}, {}, {}
for i, key in ipairs(KEYS) do
  local per, how, units = tonumber(ARGV[3 * i + 1]), ARGV[3 * i + 2], tonumber(ARGV[3 * i + 3])
  local used = held[key]
  if not used then
    local since, sum = string.match(there[i] or '0 0', '^(-?%d+) (%d+)$')
    used = { since = tonumber(since), units = tonumber(sum) }
  end
  local over = now >= used.since + per or now < used.since - step
  local since, sum = used.since, used.units
  if over then since, sum = now, 0 end
  if how == '+' then
    sum = math.min(sum + units, most)
  elseif units >= sum then
    since, sum = now, units
  end
  if how ~= '+' or units > 0 then
    held[key] = { since = since, units = sum }
    changed[key] = math.max(since + per - now, 0) + after
  end
  counts[i] = { since, sum }
end
for key, life in pairs(changed) do
  local used = held[key]
  redis.call('SET', key, string.format('%.0f %.0f', used.since, used.units), 'PX', string.format('%.0f', life))
end
return counts
