import Testing

@testable import ArbdFramework

@Suite struct WindowPriceTests {
  /// first, second and event time of each record; what a buy pays and a sell gets, nil when the market takes no part.
  @Test(
    arguments: [
      (.mean, [(1, 9, 0), (2, 9, 0), (6, 9, 0)], 3, 3),
      (.mean, [], nil, nil),
      (.vwap, [(10, 1, 0), (20, 3, 0)], 17.5, 17.5),
      (.vwap, [(10, 0, 0), (20, 0, 0)], nil, nil),
      (.vwap, [(10, 0, 0), (20, 2, 0)], 20, 20),
      (.last, [(1, 0, 5), (2, 0, 7), (3, 0, 6)], 2, 2),
      (.last, [(1, 0, 5), (2, 0, 5)], 2, 2),
      (.meanQuote, [(10, 12, 0), (11, 15, 0)], 13.5, 10.5),
      (.lastQuote, [(10, 12, 3), (11, 15, 2)], 12, 10),
      // Beyond the largest double there is no price.
      (.mean, [(1.7e308, 0, 0), (1.7e308, 0, 0)], nil, nil),
      (.vwap, [(1.7e308, 10, 0)], nil, nil),
      (.meanQuote, [(1, 1.7e308, 0), (1, 1.7e308, 0)], nil, nil),
    ] as [(PriceAggregate.Rule, [(Double, Double, Int64)], Double?, Double?)])
  func recordsBecomeAPrice(
    _ rule: PriceAggregate.Rule, _ records: [(Double, Double, Int64)], _ buy: Double?, _ sell: Double?
  ) {
    var aggregate = PriceAggregate()
    for (first, second, time) in records { aggregate.add(first, second, eventTime: time, rule: rule) }
    let price = aggregate.price(rule: rule, minimum: 1)
    #expect(price.isPresent == (buy != nil))
    guard let buy, let sell else { return }
    #expect(price == MemberPrice(buy: buy, sell: sell))
  }

  @Test func sumsAreTakenInOrderOfArrival() {
    var aggregate = PriceAggregate()
    var (sum, sumFromTheBack) = (0.0, 0.0)
    let prices = [1e16, 1, 1, 1]
    for price in prices {
      aggregate.add(price, 0, eventTime: 0, rule: .mean)
      sum += price
    }
    for price in prices.reversed() { sumFromTheBack += price }
    #expect(aggregate.price(rule: .mean, minimum: 1).buy == sum / 4)
    #expect(sum != sumFromTheBack)
  }

  @Test(arguments: [(1, true), (2, true), (3, false)] as [(Int64, Bool)])
  func fewerThanTheMinimumAreNoPrice(_ minimum: Int64, _ isPresent: Bool) {
    var aggregate = PriceAggregate()
    for _ in 0..<2 { aggregate.add(5, 1, eventTime: 0, rule: .mean) }
    #expect(aggregate.price(rule: .mean, minimum: minimum).isPresent == isPresent)
  }

  @Test func windowsComeOutOldestFirst() {
    var windows = OpenWindows()
    for number in [5, -2, 9, 5, 0] as [Int64] {
      windows.add(window: number, member: 0, Double(number), 0, eventTime: 0, rule: .mean, place: InputPlace())
    }
    #expect(windows.count == 4)
    #expect(windows.taken(members: 1).map(\.number) == [-2, 0, 5, 9])
    #expect(windows.count == 0 && windows.oldest == nil)
  }

  @Test func membersThatCameLaterAreAbsent() {
    var windows = OpenWindows()
    windows.add(window: 1, member: 0, 7, 0, eventTime: 0, rule: .mean, place: InputPlace())
    let taken = windows.taken(members: 6)
    #expect(taken.map { $0.prices.map(\.isPresent) } == [[true, false, false, false, false, false]])
  }

  /// Rows are used again and widened; a record must not show in any window but its own.
  @Test(arguments: 0..<30)
  func agreesWithADictionaryOfLists(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var windows = OpenWindows()
    var model: [Int64: [Int: [Double]]] = [:]
    for step in 0..<300 {
      if random.chance(20), let oldest = windows.oldest {
        #expect(oldest == model.keys.min())
        var prices: [MemberPrice] = []
        windows.takeOldest(into: &prices, members: 12, rule: .last, minimum: 1)
        let expected = model.removeValue(forKey: oldest) ?? [:]
        #expect(prices.count == 12)
        for (member, price) in prices.enumerated() {
          #expect(price.isPresent == (expected[member] != nil), "step \(step)")
          if let last = expected[member]?.last { #expect(price.buy == last, "step \(step)") }
        }
      } else {
        let (number, member) = (Int64(random.number(-6...6)), random.number(0...min(11, step / 20)))
        windows.add(window: number, member: member, Double(step + 1), 0, eventTime: 0, rule: .last, place: InputPlace())
        model[number, default: [:]][member, default: []].append(Double(step + 1))
      }
      #expect(windows.count == model.count)
    }
  }
}

extension OpenWindows {
  /// All windows with their prices, in the order in which they are taken.
  fileprivate mutating func taken(members: Int) -> [(number: Int64, prices: [MemberPrice])] {
    var taken: [(Int64, [MemberPrice])] = []
    while let number = oldest {
      var prices: [MemberPrice] = []
      takeOldest(into: &prices, members: members, rule: .mean, minimum: 1)
      taken.append((number, prices))
    }
    return taken
  }
}
