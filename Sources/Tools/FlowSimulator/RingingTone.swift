import Foundation

/// The Indian ringing tone: 400 Hz with 450 Hz, 0.4 s on, 0.2 s off, 0.4 s on, 2 s off.
enum RingingTone {
    /// One cycle of 3 s at 8 kHz.
    static let cycle: [Int16] = (0..<24_000).map { index in
        let isOn = index < 3_200 || (4_800..<8_000).contains(index)
        guard isOn else { return 0 }
        let phase = 2 * Double.pi * Double(index) / 8_000
        return Int16(3_000 * (sin(400 * phase) + sin(450 * phase)))
    }
}
