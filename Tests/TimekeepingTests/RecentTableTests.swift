import Testing
import Timekeeping

@Suite struct RecentTableTests {
    /// A million keys cost no more than the maximum, and the youngest half is always there.
    @Test func itIsBounded() {
        var table = RecentTable<Int, Int>(countMax: 100)
        for key in 0..<100_000 {
            table.set(key, to: -key)
            #expect(table.count <= 100)
            if key >= 50 { #expect(table[key - 49] == -(key - 49)) }
        }
        #expect(table[0] == nil)
    }

    /// Whoever is set again stays, and is not counted twice.
    @Test func whatIsUsedStays() {
        var table = RecentTable<String, Int>(countMax: 4)
        for number in 0..<100 {
            table.set("regular", to: number)
            table.set("guest \(number)", to: 0)
            #expect(table["regular"] == number)
            #expect(table.count <= 4)
        }
        #expect(table["guest 0"] == nil)
    }
}
