import ArbdSimulator
import Testing

@Suite struct SeededGeneratorTests {
  @Test func theSeedDecides() {
    var (one, same, other) = (SeededGenerator(seed: 7), SeededGenerator(seed: 7), SeededGenerator(seed: 8))
    let numbers = (0..<100).map { _ in one.next() }
    #expect(numbers == (0..<100).map { _ in same.next() })
    #expect(numbers != (0..<100).map { _ in other.next() })
  }

  @Test func momentsAreThoseOfTheDistributions() {
    var generator = SeededGenerator(seed: 1, key: "moments")
    let count = 100_000
    let normal = (0..<count).map { _ in generator.normal() }
    let exponential = (0..<count).map { _ in generator.exponential() }
    #expect(abs(normal.reduce(0, +) / Double(count)) < 0.02)
    #expect(abs(normal.map { $0 * $0 }.reduce(0, +) / Double(count) - 1) < 0.03)
    #expect(abs(exponential.reduce(0, +) / Double(count) - 1) < 0.02)
    #expect(exponential.allSatisfy { $0 > 0 })
  }
}
