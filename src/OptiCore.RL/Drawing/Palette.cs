namespace OptiCore.RL.Drawing;

/// <summary>The colours of all scenes.</summary>
internal static class Palette
{
    public const string Ink = "#292524", Body = "#4b5d73", Accent = "#c2703d", Ground = "#78716c", Faint = "#c9c4bb";
    public const string Ice = "#dceaf2", Hole = "#31556b", Goal = "#7ba05b", Cliff = "#8c5a3c", Floor = "#f1ede4";
    public const string Red = "#c0483d", Green = "#5f9153", Yellow = "#d5a521", Blue = "#4773a8";
}
