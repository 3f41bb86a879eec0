-- A weather station in the small: readings arrive, are filtered, kept for a while, sent in batches as text, and answered by
-- commands that are parsed. What a script on a device does all day.

collectgarbage("setpause", 100)

local seed = 42
local function random(n)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed // 65536 % n
end

local Ring = {}
Ring.__index = Ring

function Ring.new(size)
  return setmetatable({ size = size, first = 1, count = 0, items = {} }, Ring)
end

function Ring:push(item)
  local at = (self.first + self.count - 1) % self.size + 1
  self.items[at] = item
  if self.count < self.size then self.count = self.count + 1 else self.first = self.first % self.size + 1 end
end

function Ring:each()
  local index = 0
  return function()
    index = index + 1
    if index <= self.count then return self.items[(self.first + index - 2) % self.size + 1] end
  end
end

local sensors = {}
for index, name in ipairs { "temperature", "humidity", "pressure", "wind", "rain", "battery" } do
  sensors[index] = { name = name, history = Ring.new(8), filter = {}, alarm = 900 + index * 10 }
end

local function encode(value)
  if type(value) == "table" then
    local parts = {}
    if #value > 0 then
      for _, item in ipairs(value) do parts[#parts + 1] = encode(item) end
      return "[" .. table.concat(parts, ",") .. "]"
    end
    local keys = {}
    for key in pairs(value) do keys[#keys + 1] = key end
    table.sort(keys)
    for _, key in ipairs(keys) do parts[#parts + 1] = string.format("%q:%s", key, encode(value[key])) end
    return "{" .. table.concat(parts, ",") .. "}"
  end
  return type(value) == "string" and string.format("%q", value) or tostring(value)
end

local commands = {
  alarm = function(state, name, level)
    for _, sensor in ipairs(sensors) do
      if sensor.name == name then sensor.alarm = tonumber(level) end
    end
  end,
  note = function(state, ...) state.notes[#state.notes % 8 + 1] = table.concat({ ... }, " ") end,
  reset = function(state) state.notes, state.sent = {}, 0 end,
}

local state = { notes = {}, sent = 0, bytes = 0, alarms = 0 }
local outbox = {}

for tick = 1, 1500 do
  -- Nothing to do until the next reading: a good moment.
  if tick % 8 == 0 then collectgarbage() end
  for _, sensor in ipairs(sensors) do
    local filter = sensor.filter
    table.insert(filter, random(1000))
    if #filter > 5 then table.remove(filter, 1) end
    local sum = 0
    for _, value in ipairs(filter) do sum = sum + value end
    local reading = { at = tick, value = sum / #filter, raw = filter[#filter] }
    sensor.history:push(reading)
    if reading.raw > sensor.alarm then
      state.alarms = state.alarms + 1
      outbox[#outbox + 1] = { kind = "alarm", sensor = sensor.name, at = tick, value = reading.raw }
    end
  end
  if tick % 8 == 0 then
    for _, sensor in ipairs(sensors) do
      local values = {}
      for reading in sensor.history:each() do values[#values + 1] = string.format("%.1f", reading.value) end
      outbox[#outbox + 1] = { kind = "history", sensor = sensor.name, values = values }
    end
  end
  if #outbox >= 4 then
    local message = encode(outbox)
    state.sent, state.bytes, outbox = state.sent + 1, state.bytes + #message, {}
  end
  if tick % 7 == 0 then
    local line = ({ "alarm wind " .. random(1000), "note tick " .. tick .. " was quiet", "reset", "unknown" })[random(4) + 1]
    local words = {}
    for word in line:gmatch("%S+") do words[#words + 1] = word end
    local command = commands[words[1]]
    if command then pcall(command, state, table.unpack(words, 2)) end
  end
end
print(state.sent, state.bytes, state.alarms)
