using System.Globalization;
using System.Text;
using OptiCore;
using OptiCore.Bandits;
using OptiCore.Bandits.CrashChild;

// Arguments: the policy, the folder of the log, a seed. Before a call a line says what will be asked, after it whether it was done.
using DecisionService service = CrashScript.Open(args[0], args[1]);
using Stream output = Console.OpenStandardOutput();
RandomStream stream = RandomKey.FromSeed(ulong.Parse(args[2], CultureInfo.InvariantCulture)).Stream();
int names = 0;
while (true)
{
    string line = CrashScript.Next(service, ref stream, ref names);
    Say("? " + line);
    Say(CrashScript.Do(service, line) ? "done" : "refused");
}

void Say(string text) => output.Write(Encoding.UTF8.GetBytes(text + "\n"));
