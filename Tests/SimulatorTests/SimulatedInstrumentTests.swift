import ArbdSimulator
import Testing

@Suite struct SimulatedInstrumentTests {
  @Test func anInstrumentIsItsSymbol() {
    #expect(SimulatedInstrument(symbol: "BTC-USD").symbol == "BTC-USD")
  }
}
