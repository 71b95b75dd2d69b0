-- Times the first tenth of some work, and the rest of it. The first holds what is done once: starting, compiling, warming up; of the rest
-- comes what one unit more costs. `os.clock` is the CPU time of the process since it began, user and system, of all threads.
-- Returns `function(units, first, rest)`, which calls both and prints the result.

return function(units, first, rest)
  local wall = os.time()
  first()
  local begun = os.clock()
  rest()
  local whole = os.clock()
  print(string.format('{"units":%d,"cpuSeconds":%.6f,"wallSeconds":%d,"seconds":{"rest":%.6f}}',
    units, whole, os.time() - wall, whole - begun))
end
