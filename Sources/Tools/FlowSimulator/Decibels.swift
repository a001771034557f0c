import Foundation

extension SpeechIntervals {
    /// dBFS of a mean square of 16-bit samples, rounded to a tenth; 0 dBFS is a full-scale square wave.
    static func decibels(ofMeanSquare meanSquare: Double) -> Double {
        let decibels = 10 * log10(meanSquare / (32_768 * 32_768))
        return (decibels * 10).rounded() / 10
    }
}
