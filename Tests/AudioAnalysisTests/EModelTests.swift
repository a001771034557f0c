import AudioAnalysis
import Testing

/// The E-model of G.107 at points that follow from its formulas.
@Suite struct EModelTests {
    struct Point: Sendable {
        var milliseconds: Int
        var loss: Double
        var burstRatio: Double
        var rating: Double
        var score: Double
    }

    static let points = [
        Point(milliseconds: 0, loss: 0, burstRatio: 1, rating: 93.2, score: 4.409),
        Point(milliseconds: 100, loss: 0, burstRatio: 1, rating: 93.2, score: 4.409),
        Point(milliseconds: 150, loss: 0, burstRatio: 1, rating: 93.036, score: 4.406),
        Point(milliseconds: 200, loss: 0, burstRatio: 1, rating: 90.156, score: 4.343),
        Point(milliseconds: 400, loss: 0, burstRatio: 1, rating: 69.130, score: 3.556),
        Point(milliseconds: 0, loss: 0.01, burstRatio: 1, rating: 89.560, score: 4.328),
        Point(milliseconds: 0, loss: 0.05, burstRatio: 1, rating: 77.419, score: 3.923),
        Point(milliseconds: 0, loss: 0.05, burstRatio: 2, rating: 75.990, score: 3.864),
        Point(milliseconds: 300, loss: 0.1, burstRatio: 1, rating: 51.374, score: 2.647),
    ]

    @Test(arguments: points) func followsTheFormulas(_ point: Point) {
        let model = EModel(delay: .milliseconds(point.milliseconds), loss: point.loss, burstRatio: point.burstRatio)
        #expect(abs(model.rating - point.rating) < 0.002)
        #expect(abs(model.conversationScore - point.score) < 0.001)
    }

    /// Delay spoils a conversation and not what is heard.
    @Test func listeningLeavesDelayOut() {
        let near = EModel(delay: .zero, loss: 0.02)
        let far = EModel(delay: .milliseconds(500), loss: 0.02)
        #expect(near.listeningScore == far.listeningScore && near.listeningScore == near.conversationScore)
        #expect(far.conversationScore < near.conversationScore - 1)
    }

    /// Whatever is measured, the scores stay on their scale and worse never scores better.
    @Test func staysOnItsScale() {
        var last = 5.0
        for percent in -10...120 {
            let model = EModel(delay: .milliseconds(max(0, percent) * 40), loss: Double(percent) / 100, burstRatio: 1)
            #expect((0...93.2).contains(model.rating))
            #expect((1...4.5).contains(model.conversationScore) && (1...4.5).contains(model.listeningScore))
            #expect(model.conversationScore <= last)
            last = model.conversationScore
        }
    }
}
