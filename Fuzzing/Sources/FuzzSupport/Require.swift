/// Ends the process when something does not hold that must hold for every input: libFuzzer keeps the input.
@inlinable
public func require(_ condition: Bool, _ message: @autoclosure () -> String) {
  if !condition { violated(message()) }
}

@usableFromInline
@inline(never)
func violated(_ message: String) -> Never { fatalError(message) }
